import bpy

settings = bpy.context.scene.persona

settings.happy = 0.0
settings.sad = 0.0
settings.angry = 0.0
settings.fearful = 0.0
settings.surprised = 0.8
settings.disgusted = 0.0
settings.relaxed = 0.0
settings.old = 0.0
settings.energy = 0.7
